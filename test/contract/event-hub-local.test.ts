/** The unmodified Event Hubs client against our hub: what the platform and the gateway rely on. */
import { batchesContract } from './event-hub-batches.contract.js';
import { eventsContract } from './event-hub-events.contract.js';
import { localNamespace, suiteOf } from './event-hub-namespace.js';
import { partitionsContract } from './event-hub-partitions.contract.js';
import { positionsContract } from './event-hub-positions.contract.js';
import { propertiesContract } from './event-hub-properties.contract.js';

describe('a local hub', () => {
  const suite = suiteOf(true, () => localNamespace());
  describe('properties', () => propertiesContract(suite));
  describe('events', () => eventsContract(suite));
  describe('batches', () => batchesContract(suite));
  describe('positions', () => positionsContract(suite));
  describe('partitions', () => partitionsContract(suite));
});
