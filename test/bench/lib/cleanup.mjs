/** What must be undone whatever happens: started processes and temporary folders. Last in, first out. */
const undo = new Set();

/** @returns a function that undoes it now */
export function onEnd(run) {
  undo.add(run);
  return async () => {
    if (undo.delete(run)) await run();
  };
}

export async function cleanUp() {
  for (const run of [...undo].reverse()) {
    undo.delete(run);
    await run();
  }
}
