// A new rung is open, and after a rung was dragged all are numbered from 1. The server
// puts them in order anyway: without this file, only what is shown until then differs.

document.addEventListener("formset:added", (event) => {
  event.target.closest(".form-group").setAttribute("x-data", "{ openRow: true }");
});

document.addEventListener("end", (event) => {
  // After unfold's own handler of the same event, which counts from 0.
  setTimeout(() => {
    const rows = event.target.querySelectorAll(".form-group:not(.empty-form)");
    rows.forEach((row, index) => {
      const position = row.querySelector("input[name$=-position]");
      position.value = index + 1;
      position.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
});
