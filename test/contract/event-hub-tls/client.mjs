/**
 * The unmodified client in a process of its own, because Node reads NODE_EXTRA_CA_CERTS at start only. Sends one event
 * and reads it back; prints one line of JSON with what came, or with the codes and messages of what went wrong.
 */
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';

const { CONNECTION, CUSTOM_ENDPOINT, CREDENTIAL } = process.env;
const retryOptions = { maxRetries: 0, retryDelayInMs: 50, timeoutInMs: 4000 };
const options = { retryOptions, ...(CUSTOM_ENDPOINT ? { customEndpointAddress: CUSTOM_ENDPOINT } : {}) };

/** A connection string says all; a credential comes with a name to connect to. */
const credential = CREDENTIAL ? JSON.parse(CREDENTIAL) : undefined;
const access = (...before) => [...before, CONNECTION, 'vigil', ...(credential ? [credential] : []), options];

const flatten = (error) => (error.errors === undefined ? [error] : error.errors.flatMap(flatten));

async function roundTrip() {
  const producer = new EventHubProducerClient(...access());
  const consumer = new EventHubConsumerClient(...access('alarms'));
  try {
    await producer.sendBatch([{ body: { n: 1 } }], { partitionId: '3' });
    const came = await new Promise((resolve, reject) => {
      consumer.subscribe(
        '3',
        { processEvents: async ([event]) => event && resolve(event.body), processError: async (error) => reject(error) },
        { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 4 },
      );
    });
    return { came };
  } catch (error) {
    return { failed: flatten(error).map(({ code, message }) => `${code ?? ''} ${message}`) };
  } finally {
    await producer.close();
    await consumer.close();
  }
}

process.stdout.write(`${JSON.stringify(await roundTrip())}\n`);
process.exit(0);
