"""The same for the asynchronous client, in small: what it does differently is how it waits."""

import asyncio

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient

from support import QUICK


def _run(steps):
    asyncio.run(asyncio.wait_for(steps, 60))


def async_send_and_receive(hub):
    """the asynchronous client sends, receives and reads properties"""

    async def steps():
        producer = EventHubProducerClient.from_connection_string(hub.sender, eventhub_name="vigil", **QUICK)
        consumer = EventHubConsumerClient.from_connection_string(hub.connection, "fhir", eventhub_name="vigil", **QUICK)
        got = []
        async with producer, consumer:
            before = (await producer.get_partition_properties("5"))["last_enqueued_sequence_number"]

            async def on_event(_context, event):
                got.append(event)

            task = asyncio.ensure_future(consumer.receive(on_event=on_event, partition_id="5", starting_position=before))
            await producer.send_event(EventData("single"), partition_id="5")
            batch = await producer.create_batch(partition_id="5")
            for n in range(100):
                batch.add(EventData(str(n)))
            await producer.send_batch(batch)
            await asyncio.gather(*(producer.send_event(EventData("m"), partition_id="5") for _ in range(50)))
            for _ in range(500):
                if len(got) >= 151:
                    break
                await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        numbers = [event.sequence_number for event in got]
        assert numbers == list(range(before + 1, before + 152)), numbers
        assert got[0].body_as_str() == "single" and got[1].body_as_str() == "0"

    _run(steps())


def async_stealing(hub):
    """an asynchronous owner with a higher level takes a partition over"""

    async def steps():
        clients = [
            EventHubConsumerClient.from_connection_string(hub.connection, "fhir", eventhub_name="vigil", **QUICK) for _ in range(2)
        ]
        events = [asyncio.Event(), asyncio.Event()]
        ended = asyncio.Event()

        def reading(i):
            async def on_event(_context, _event):
                events[i].set()

            async def on_error(_context, _error):
                if i == 0:
                    ended.set()

            return clients[i].receive(
                on_event=on_event, on_error=on_error, partition_id="0", owner_level=i, starting_position="-1"
            )

        async with clients[0], clients[1]:
            tasks = [asyncio.ensure_future(reading(0))]
            await events[0].wait()
            tasks.append(asyncio.ensure_future(reading(1)))
            await events[1].wait()
            await ended.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    _run(steps())


ASYNC_STAGES = [[async_send_and_receive, async_stealing]]
