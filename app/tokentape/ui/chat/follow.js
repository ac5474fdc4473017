// Keeps a scroller at its end while it grows, until the reader scrolls away; back at the end, it is
// kept there again. Only what the reader does counts: growing and trimming scroll as well.

const NEAR_PX = 48; // so near to the end counts as at the end
const INTENT_MS = 1000; // a scroll so soon after a wheel, touch or key is the reader's

function follower(scroller) {
  let following = true;
  let due = false;
  let touched = -INTENT_MS;
  for (const sign of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    scroller.addEventListener(sign, () => (touched = performance.now()), { passive: true });
  }
  scroller.addEventListener("scroll", () => {
    if (performance.now() - touched > INTENT_MS) return;
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    following = left < NEAR_PX;
  });

  return {
    get following() {
      return following;
    },
    restart() {
      following = true;
    },
    leave() {
      following = false;
    },
    // Once a frame, when the browser lays out anyway: sooner would lay out twice.
    toEnd() {
      if (due || !following) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        if (following) scroller.scrollTop = scroller.scrollHeight;
      });
    },
  };
}
