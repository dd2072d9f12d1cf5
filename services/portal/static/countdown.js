// Shows the time that is left until the room opens, and then loads the page again, which leads into it.
"use strict";
const timer = document.getElementById("countdown");
// The server says how long it is: the clock of this computer may be wrong.
const end = performance.now() + 1000 * Number(timer.dataset.seconds);
const two = (number) => String(number).padStart(2, "0");

function show() {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor(left / 60) % 60;
  timer.textContent = hours ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
  if (left) {
    setTimeout(show, 1000);
  } else {
    location.reload();
  }
}

show();
