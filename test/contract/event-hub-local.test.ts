/** The unmodified Event Hubs client against our hub: what the platform and the gateway rely on. */
import { eventHubContract } from './event-hub-all.contract.js';
import { localNamespace, suiteOf } from './event-hub-namespace.js';

describe('a local hub', () => eventHubContract(suiteOf(true, () => localNamespace())));
