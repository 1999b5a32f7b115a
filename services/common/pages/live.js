// A live page says when it is cut off, and watches nothing while nobody can see it: a browser opens
// at most six connections to a host (HTTP/1.1), and six hidden tabs would hold them all.
(() => {
  "use strict";
  const live = () => document.querySelector("[sse-connect]");
  let source = null;
  const say = (state) => document.body.setAttribute("data-live", state);

  document.addEventListener("htmx:sseOpen", (event) => { source = event.detail.source; say("on"); });
  document.addEventListener("htmx:sseError", () => say("away"));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      if (source) source.close();
      source = null;
      say("off");
      // A copy has no stream of its own until it is processed.
      const old = live();
      if (old) old.replaceWith(old.cloneNode(true));
    } else if (!source && live()) {
      htmx.process(live());
    }
  });
})();
