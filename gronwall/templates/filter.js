(() => {
  const form = document.querySelector("form.filter");
  const rows = [...document.querySelectorAll("tr[data-verdict]")];
  const tables = [...document.querySelectorAll("table.claims")].map((table) => [table, [...table.tBodies]]);
  const power = (body) => Number(body.dataset.power ?? 3);
  const arrange = () => {
    for (const [table, bodies] of tables) {
      const weakest = form.order?.value === "power";
      table.append(...(weakest ? [...bodies].sort((one, other) => power(one) - power(other)) : bodies));
    }
  };
  const show = () => {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = (!form.verdict.value || row.dataset.verdict === form.verdict.value)
        && (!form.kind.value || row.dataset.kind === form.kind.value)
        && words.every((word) => row.dataset.words.includes(word));
      row.hidden = !fits;
      count += fits;
    }
    for (const part of document.querySelectorAll(".claims tbody, .subject .room, section.subject")) {
      part.hidden = !part.querySelector("tr[data-verdict]:not([hidden])");
    }
    form.querySelector("output").textContent = `${count} of ${rows.length} claims`;
  };
  form.hidden = false;
  form.addEventListener("input", (event) => event.target === form.order ? arrange() : show());
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
})();
