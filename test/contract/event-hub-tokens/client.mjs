/** A producer and a consumer that go on until they are stopped; tells its parent what it sent, what came and what went wrong. */
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';

const { CONNECTION } = process.env;
const retryOptions = { maxRetries: 0, timeoutInMs: 5000 };
const producer = new EventHubProducerClient(CONNECTION, 'vigil', { retryOptions });
const consumer = new EventHubConsumerClient('alarms', CONNECTION, 'vigil', { retryOptions });

consumer.subscribe(
  '0',
  {
    processEvents: async (events) => process.send({ kind: 'came', count: events.length }),
    processError: async (error) => process.send({ kind: 'error', text: error.code ?? error.message }),
  },
  { startPosition: { offset: '-1' }, maxBatchSize: 100, maxWaitTimeInSeconds: 60 },
);

async function sendOne() {
  await producer.sendBatch([{ body: 1 }], { partitionId: '0' }).then(
    () => process.send({ kind: 'sent' }),
    (error) => process.send({ kind: 'error', text: error.code ?? error.message }),
  );
  setTimeout(sendOne, 50);
}
await sendOne();
process.on('disconnect', () => process.exit(0));
