/** All that a namespace has to do, ours or a real one; run by one file for each. */
import { accessContract } from './event-hub-access.contract.js';
import { batchesContract } from './event-hub-batches.contract.js';
import { epochsContract } from './event-hub-epochs.contract.js';
import { eventsContract } from './event-hub-events.contract.js';
import type { Suite } from './event-hub-namespace.js';
import { partitionsContract } from './event-hub-partitions.contract.js';
import { positionsContract } from './event-hub-positions.contract.js';
import { propertiesContract } from './event-hub-properties.contract.js';

export function eventHubContract(suite: Suite): void {
  describe('properties', () => propertiesContract(suite));
  describe('events', () => eventsContract(suite));
  describe('batches', () => batchesContract(suite));
  describe('positions', () => positionsContract(suite));
  describe('partitions', () => partitionsContract(suite));
  describe('access', () => accessContract(suite));
  describe('epochs', () => epochsContract(suite));
}
