/**
 * The order in which jest begins the files of a project: those that mostly wait for something come first, so that the others
 * fill the time beside them. Without a cache, as on a new clone, jest would go by size and end with them.
 */
import { statSync } from 'node:fs';

/** By the end of the path. */
const FIRST = ['contract/event-hub-python.test.ts', 'contract/event-hubs-troubles.test.ts', 'contract/hub-client.test.ts'];

const placeOf = (path) => {
  const place = FIRST.findIndex((end) => path.replaceAll('\\', '/').endsWith(end));
  return place < 0 ? FIRST.length : place;
};

export default class TestOrder {
  sort(tests) {
    const sizes = new Map(tests.map(({ path }) => [path, statSync(path).size]));
    return [...tests].sort((a, b) => placeOf(a.path) - placeOf(b.path) || sizes.get(b.path) - sizes.get(a.path));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // The order is the same each time.
  }
}
