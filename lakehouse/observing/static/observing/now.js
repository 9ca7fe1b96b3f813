// Renews the facts while the page is looked at. Without this file a noscript tag reloads it all.

const facts = document.getElementById("now");
const at = document.getElementById("now-at");
const contact = document.getElementById("now-contact");
const pause = document.getElementById("now-pause");
const every = Number(facts.dataset.every) * 1000;
const patience = 10000;
let last = at.textContent;
let paused = false;
let timer;

function lost(why) {
  contact.textContent = `No contact since ${last} UTC: ${why} What is below is old.`;
  contact.hidden = false;
  facts.classList.add("now-stale");
}

function show(html) {
  const held = document.activeElement && facts.contains(document.activeElement)
    ? document.activeElement.id : "";
  facts.innerHTML = html;
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
  last = facts.firstElementChild.dataset.at;
  at.textContent = last;
  contact.hidden = true;
  facts.classList.remove("now-stale");
}

async function renew() {
  try {
    const answer = await fetch(facts.dataset.facts, { signal: AbortSignal.timeout(patience) });
    if (answer.redirected) return lost("you are signed out. Load this page again to sign in.");
    if (!answer.ok) return lost(`the server answers ${answer.status}. It is asked again.`);
    const html = await answer.text();
    if (!paused) show(html);
  } catch {
    lost("the server does not answer. It is asked again.");
  }
}

async function go() {
  clearTimeout(timer);
  if (paused || document.hidden) return;
  await renew();
  clearTimeout(timer);
  timer = setTimeout(go, every);
}

pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  go();
});
document.addEventListener("visibilitychange", go);
timer = setTimeout(go, every);
