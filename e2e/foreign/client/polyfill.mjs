// What matrix-js-sdk needs of Node 22 and Node 20 does not have.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new Promise((a, b) => { [resolve, reject] = [a, b]; });
  return { promise, resolve, reject };
};
// Standard output is for answers and events, one a line.
console.log = console.info = console.debug = console.trace = console.error;
