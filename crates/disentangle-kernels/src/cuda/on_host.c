// Runs a kernel of kernels.cu on the host: `on_host KERNEL OUTPUTS NUMBER… < arrays > output`.
// Arrays and output are f32; each array begins with its length as u32.
#include "kernels.cu"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int number[16];
static float real[16];

static float *array(void) {
    unsigned int length;
    if (fread(&length, 4, 1, stdin) != 1) exit(3);
    float *numbers = malloc(4 * (size_t)length + 4);
    if (fread(numbers, 4, length, stdin) != length) exit(4);
    return numbers;
}

int main(int count, char **words) {
    for (int i = 3; i < count && i < 19; i++) {
        real[i - 3] = strtof(words[i], 0);
        number[i - 3] = (unsigned int)strtoul(words[i], 0, 10);
    }
    unsigned int outputs = strtoul(words[2], 0, 10);
    float *out = malloc(4 * (size_t)outputs);
    float *a = array(), *b = array();
    Sizes sizes;
    memcpy(&sizes, number, sizeof sizes);
    if (!strcmp(words[1], "unfold")) unfold(a, out, sizes);
    if (!strcmp(words[1], "fold")) fold(a, b, out, sizes, number[10], real[11]);
    if (!strcmp(words[1], "to_images")) to_images(a, b, out, number[0], number[1], number[2], number[3], real[4]);
    if (!strcmp(words[1], "to_channels")) to_channels(a, b, out, number[0], number[1], number[2], real[3]);
    // Bytes and indices come as floats.
    if (!strcmp(words[1], "gather")) {
        unsigned char *table = (unsigned char *)a;
        for (unsigned int i = 0; i < number[3]; i++) table[i] = (unsigned char)a[i];
        unsigned int *indices = (unsigned int *)b;
        for (unsigned int i = 0; i < number[4]; i++) indices[i] = (unsigned int)b[i];
        gather(table, indices, out, number[0], number[1], number[2], outputs);
    }
    if (!strcmp(words[1], "adam")) {
        // Two parameters of number[0] and number[1] elements; the second has no gradient.
        unsigned int n = number[0], all = n + number[1];
        float *grad = array(), *first = array(), *second = array();
        memcpy(out, a, 4 * n);
        memcpy(out + n, b, 4 * number[1]);
        Tensors tensors = {{out, out + n}, {grad, 0}, {0, n, all}, 2};
        Update update = {real[2], real[3], real[4], real[5], real[6], real[7], real[8]};
        adam(tensors, first, second, update);
        memcpy(out + all, first, 4 * all);
        memcpy(out + 2 * all, second, 4 * all);
    }
    return fwrite(out, 4, outputs, stdout) != outputs;
}
