// Shows how far a run of the agenda is, again and again; the rest of the page stays as it is, so that who is at a
// button stays there. Without this script one asks for the page again.
"use strict";
const shown = document.getElementById("progress");

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("progress");
    if (answer.ok && !now) {
      location.reload();
      return;
    }
    if (now && now.textContent !== shown.textContent) {
      shown.replaceChildren(...now.childNodes);
    }
  } catch {
    // The next look may reach the server.
  }
  setTimeout(look, 1000 * Number(shown.dataset.again));
}

setTimeout(look, 1000 * Number(shown.dataset.again));
