"use strict";
(() => {
  const most = 3;

  const showCodes = (card, place) => {
    if (!card.dataset.codes) return;
    const codes = card.dataset.codes.split("|")[place].split(",").map(Number);
    card.querySelectorAll(".code b").forEach((bar, i) => {
      const half = 50 * Math.max(-1, Math.min(1, codes[i] / most));
      bar.style.left = `${50 + Math.min(0, half)}%`;
      bar.style.width = `${Math.abs(half)}%`;
      bar.parentElement.title = codes[i].toFixed(2);
    });
  };

  const walks = [...document.querySelectorAll(".walk")].map((card) => {
    const slider = card.querySelector("input");
    const sprite = card.querySelector(".sprite");
    const stages = [...card.querySelectorAll(".stage")];
    const output = card.querySelector("output");
    const labels = card.dataset.labels.split("|");
    const show = () => {
      const place = Number(slider.value);
      stages.forEach((stage, row) => {
        const { width, height } = stage;
        const from = [place * width, (row + Number(card.dataset.given || 0)) * height, width, height];
        stage.getContext("2d").drawImage(sprite, ...from, 0, 0, width, height);
      });
      output.textContent = labels[place];
      slider.setAttribute("aria-valuetext", labels[place]);
      showCodes(card, place);
    };
    slider.addEventListener("input", show);
    if (sprite.complete) show();
    else sprite.addEventListener("load", show);
    return { card, slider, show, forward: true };
  });

  const step = (walk) => {
    const [place, last] = [Number(walk.slider.value), Number(walk.slider.max)];
    if (place >= last) walk.forward = false;
    if (place <= 0) walk.forward = true;
    walk.slider.value = place + (walk.forward ? 1 : -1);
    walk.show();
  };

  document.querySelectorAll(".play").forEach((button) => {
    const near = button.closest(".columns > div") || button.closest("section");
    const mine = walks.filter((walk) => near.contains(walk.card));
    let timer = 0;
    button.addEventListener("click", () => {
      const playing = timer !== 0;
      if (playing) clearInterval(timer);
      timer = playing ? 0 : setInterval(() => mine.forEach(step), 140);
      button.setAttribute("aria-pressed", String(!playing));
      button.textContent = playing ? "Play all" : "Pause";
    });
  });

  document.querySelectorAll(".condition").forEach((select) => {
    const near = select.closest("section");
    const mine = walks.filter(({ card }) => near.contains(card) && card.dataset.rows > 1);
    select.addEventListener("change", () => {
      mine.forEach((walk) => {
        walk.card.dataset.given = select.value;
        walk.show();
      });
    });
  });

  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  let theme = 0;
  button.addEventListener("click", () => {
    theme = (theme + 1) % themes.length;
    if (theme === 0) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = themes[theme];
    button.textContent = `Theme: ${themes[theme]}`;
  });
})();
