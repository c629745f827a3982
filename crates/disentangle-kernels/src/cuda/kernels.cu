// Kernels for NVIDIA GPUs, compiled by NVRTC when a device is first used.
//
// They are written in what C and CUDA share: with a C compiler, the tests run them on the host, one thread after the
// other, and compare them with the Rust of `primitives.rs`. `kernel.sizes` are those of a convolution's geometry.
//
// A convolution links wide images [B, C, H, W] and narrow ones [B, N, h, w]. Its columns are [C * taps, B * h * w]:
// column (b, p, q) has what the kernel sees at position (p, q) of image b. Neighboring threads take neighboring
// columns, so that they read and write neighboring addresses.

#ifdef __CUDACC__
#define KERNEL extern "C" __global__ void
#define EACH(i, n) \
    unsigned int i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += gridDim.x * blockDim.x
#else
#include <math.h>
#define KERNEL void
#define EACH(i, n) unsigned int i = 0; i < (n); i++
#endif

typedef struct {
    unsigned int batch, channels, height, width; // of the wide images
    unsigned int narrow_height, narrow_width;
    unsigned int kernel_height, kernel_width, stride, padding;
} Sizes;

// max(x, 0), or slope * x on the negative side; a slope of 1 leaves all as it is. NaN stays NaN.
#define ACTIVATED(x, slope) ((x) < 0.f ? ((slope) == 0.f ? 0.f : (slope) * (x)) : (x))

// From images to columns: zero where the kernel stands outside.
KERNEL unfold(const float *wide, float *columns, Sizes s) {
    unsigned int area = s.narrow_height * s.narrow_width, taps = s.kernel_height * s.kernel_width;
    unsigned int row = s.batch * area;
    for (EACH(i, s.channels * taps * row)) {
        unsigned int column = i % row, k = i / row;
        unsigned int image = column / area, position = column % area;
        unsigned int channel = k / taps, tap = k % taps;
        int y = (int)(position / s.narrow_width * s.stride + tap / s.kernel_width) - (int)s.padding;
        int x = (int)(position % s.narrow_width * s.stride + tap % s.kernel_width) - (int)s.padding;
        int inside = y >= 0 && y < (int)s.height && x >= 0 && x < (int)s.width;
        columns[i] = inside ? wide[((image * s.channels + channel) * s.height + y) * s.width + x] : 0.f;
    }
}

// The transpose of `unfold`: each pixel sums the columns that saw it; then bias [C] and activation.
KERNEL fold(const float *columns, const float *bias, float *wide, Sizes s, unsigned int biased, float slope) {
    unsigned int area = s.narrow_height * s.narrow_width, row = s.batch * area;
    for (EACH(i, s.batch * s.channels * s.height * s.width)) {
        unsigned int x = i % s.width + s.padding, y = i / s.width % s.height + s.padding;
        unsigned int channel = i / s.width / s.height % s.channels, image = i / s.width / s.height / s.channels;
        float sum = biased ? bias[channel] : 0.f;
        // Taps whose distance to the pixel is a multiple of the stride; the others stood elsewhere.
        for (unsigned int tap_y = y % s.stride; tap_y < s.kernel_height && tap_y <= y; tap_y += s.stride) {
            unsigned int narrow_y = (y - tap_y) / s.stride;
            if (narrow_y >= s.narrow_height) continue;
            for (unsigned int tap_x = x % s.stride; tap_x < s.kernel_width && tap_x <= x; tap_x += s.stride) {
                unsigned int narrow_x = (x - tap_x) / s.stride;
                if (narrow_x >= s.narrow_width) continue;
                unsigned int k = (channel * s.kernel_height + tap_y) * s.kernel_width + tap_x;
                sum += columns[k * row + image * area + narrow_y * s.narrow_width + narrow_x];
            }
        }
        wide[i] = ACTIVATED(sum, slope);
    }
}

// From [C, B, area] to [B, C, area], then bias [C] and activation.
KERNEL to_images(const float *x, const float *bias, float *out, unsigned int batch, unsigned int channels,
                 unsigned int area, unsigned int biased, float slope) {
    for (EACH(i, batch * channels * area)) {
        unsigned int position = i % area, channel = i / area % channels, image = i / area / channels;
        float value = x[(channel * batch + image) * area + position] + (biased ? bias[channel] : 0.f);
        out[i] = ACTIVATED(value, slope);
    }
}

// From gradients [B, C, area] of outputs y to [C, B, area], through the activation: its factor is read off y.
KERNEL to_channels(const float *grad, const float *y, float *out, unsigned int batch, unsigned int channels,
                   unsigned int area, float slope) {
    for (EACH(i, batch * channels * area)) {
        unsigned int position = i % area, image = i / area % batch, channel = i / area / batch;
        unsigned int from = (image * channels + channel) * area + position;
        float value = grad[from];
        if (slope != 1.f && y[from] <= 0.f) value = slope == 0.f ? 0.f : slope * value;
        out[i] = value;
    }
}

// Images [B, C, area] in [0, 1] by index, from rows of bytes [area, C] or of bits, the first the lowest.
KERNEL gather(const unsigned char *table, const unsigned int *indices, float *out, unsigned int channels,
              unsigned int area, unsigned int packed, unsigned int numbers) {
    unsigned int row = packed ? area / 8 : area * channels;
    for (EACH(i, numbers)) {
        unsigned int pixel = i % area, channel = i / area % channels;
        // The table may be larger than 4 GB.
        const unsigned char *image = table + (unsigned long long)indices[i / area / channels] * row;
        unsigned char byte = packed ? (image[pixel / 8] >> (pixel % 8) & 1) * 255 : image[pixel * channels + channel];
        out[i] = (float)byte * (1.f / 255.f);
    }
}

#define TENSORS 96

// Parameters and their gradients by address, and where each begins in the moments, which lie one behind the other.
typedef struct {
    float *param[TENSORS];
    const float *grad[TENSORS];
    unsigned int start[TENSORS + 1];
    unsigned int count;
} Tensors;

typedef struct {
    float beta1, rest1, beta2, rest2, rate, root, eps;
} Update;

// Adam's step over many parameters; one without a gradient has the address 0.
KERNEL adam(Tensors t, float *first, float *second, Update u) {
    for (EACH(i, t.start[t.count] - t.start[0])) {
        unsigned int at = i + t.start[0], low = 0, high = t.count;
        while (high - low > 1) { // start[low] <= at < start[high]
            unsigned int middle = (low + high) / 2;
            if (t.start[middle] <= at) low = middle; else high = middle;
        }
        unsigned int element = at - t.start[low];
        float grad = t.grad[low] ? t.grad[low][element] : 0.f;
        float m = u.beta1 * first[at] + u.rest1 * grad;
        float v = u.beta2 * second[at] + u.rest2 * grad * grad;
        first[at] = m;
        second[at] = v;
        t.param[low][element] -= u.rate * m / (sqrtf(v) * u.root + u.eps);
    }
}
