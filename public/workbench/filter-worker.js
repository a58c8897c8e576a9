// A thread for expressions of the log's filter, some of which take for ever. It is ended from outside.

addEventListener("message", ({ data: { source, flags, texts } }) => {
  const expression = new RegExp(source, flags);
  postMessage(texts.map((/** @type {string} */ text) => expression.test(text)));
});
