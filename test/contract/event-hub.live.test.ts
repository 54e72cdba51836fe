/**
 * The same suite against a real Event Hubs namespace (or a hub of ours in another process):
 *
 *     VIGIL_TEST_EVENT_HUBS_CONNECTION_STRING='Endpoint=sb://…;EntityPath=<hub>' npm run contract -- event-hub.live
 *
 * The key needs the rights to send and to listen. The hub may hold other events and have other users; of the last
 * partition, readers in the group VIGIL_TEST_EVENT_HUBS_GROUP (default `$Default`) are displaced.
 */
import { eventHubContract } from './event-hub-all.contract.js';
import { readMatrix } from './event-hub-matrix.js';
import { AZURE_CONNECTION, remoteNamespace, suiteOf } from './event-hub-namespace.js';

if ((process.env[AZURE_CONNECTION] ?? '') === '') {
  process.stdout.write(`skipped: the hub's suite against a real namespace (${AZURE_CONNECTION} is not set)\n`);
  test.skip('needs a connection string', () => undefined);
} else {
  for (const { id, what, oursBecause, file } of readMatrix()) {
    if (oursBecause !== null && file.endsWith('.test.ts'))
      process.stdout.write(`on our own hub only: ${id} ${what} (${oursBecause})\n`);
  }
  describe('a namespace elsewhere', () => eventHubContract(suiteOf(false, () => remoteNamespace(process.env))));
}
