"""What the synchronous client has to be able to do with the hub. A row fails by raising."""

import datetime
import time
import uuid

from azure.eventhub import EventData
from azure.eventhub.amqp import AmqpAnnotatedMessage
from azure.eventhub.exceptions import AuthenticationError, ConnectionLostError, EventHubError

from stores import SharedStore
from support import fails, reading, until

EARLIEST = {"starting_position": "-1"}


def send_and_receive(hub):
    """single events, batches and lists come back with bodies, properties and ids"""
    start = hub.last("0")
    event = EventData(b"\x00\xff")
    event.properties = {"text": "é – ü", "int": 7, "float": 0.5, "bool": True, "bytes": b"\x01", "uuid": uuid.UUID(int=5)}
    event.message_id, event.correlation_id, event.content_type = "m-1", "c-1", "x/y"
    with hub.producer() as producer:
        producer.send_event(event, partition_id="0")
        producer.send_event(AmqpAnnotatedMessage(value_body={"a": [1, "zwei"]}), partition_id="0")
        producer.send_event(AmqpAnnotatedMessage(sequence_body=[[1, 2], [3]]), partition_id="0")
        producer.send_batch([EventData("Wörter"), EventData([b"in ", b"parts"])], partition_id="0")
        batch = producer.create_batch(partition_id="0")
        batch.add(EventData("last"))
        producer.send_batch(batch)
    with reading(hub.consumer(), partition_id="0", starting_position=start, starting_position_inclusive=False) as reader:
        until("six events", lambda: len(reader.events) == 6)
    first, value, sequence, word, parts, last = reader.events
    assert b"".join(first.body) == b"\x00\xff" and first.message_id == "m-1"
    assert (first.correlation_id, first.content_type) == ("c-1", "x/y")
    assert first.properties[b"text"].decode() == "é – ü" and first.properties[b"int"] == 7
    assert first.properties[b"float"] == 0.5 and first.properties[b"bool"] is True
    assert first.properties[b"uuid"] == uuid.UUID(int=5) and first.properties[b"bytes"] == b"\x01"
    assert value.body == {b"a": [1, b"zwei"]} and list(sequence.body) == [[1, 2], [3]]
    assert word.body_as_str() == "Wörter" and parts.body_as_str() == "in parts" and last.body_as_str() == "last"
    numbers = [each.sequence_number for each in reader.events]
    assert numbers == list(range(start + 1, start + 7))
    assert [each.offset for each in reader.events] == [str(n) for n in numbers]
    age = datetime.datetime.now(datetime.timezone.utc) - first.enqueued_time
    assert abs(age.total_seconds()) < 60


def largest_batch(hub):
    """a batch may fill the largest message, and a larger event is refused before it is sent"""
    start = hub.last("0")
    with hub.producer() as producer:
        batch = producer.create_batch(partition_id="0")
        assert batch.max_size_in_bytes == 1024 * 1024
        count = 0
        while True:
            try:
                batch.add(EventData(b"x" * 50_000))
            except ValueError:
                break
            count += 1
        producer.send_batch(batch)
        error, _ = fails(lambda: producer.send_event(EventData(b"x" * 1_100_000), partition_id="0"))
        assert isinstance(error, (ValueError, EventHubError)), error
    assert hub.last("0") >= start + count


def keys_and_turns(hub):
    """a key goes to the partition that every client computes, and without one events take turns"""
    with hub.producer() as producer:
        before = [producer.get_partition_properties(p)["last_enqueued_sequence_number"] for p in producer.get_partition_ids()]
        for key in hub.partition_of_key:
            producer.send_batch([EventData(key)], partition_key=key)
        for _ in range(8):
            producer.send_event(EventData("turn"))
        after = [producer.get_partition_properties(p)["last_enqueued_sequence_number"] for p in producer.get_partition_ids()]
    for partition, (old, new) in enumerate(zip(before, after)):
        keyed = sum(1 for each in hub.partition_of_key.values() if each == partition)
        assert new - old == keyed + 1, "partition {}: {} instead of {}".format(partition, new - old, keyed + 1)
    key = next(iter(hub.partition_of_key))
    home = str(hub.partition_of_key[key])
    with reading(hub.consumer(), partition_id=home, **EARLIEST) as reader:
        until("the keyed event", lambda: any(e.body_as_str() == key and e.partition_key == key.encode() for e in reader.events))


def buffered_producer(hub):
    """the buffered producer delivers what it was given"""
    done, failed = [], []
    producer = hub.producer(
        buffered_mode=True,
        max_wait_time=0.2,
        on_success=lambda events, partition: done.extend((partition, e.body_as_str()) for e in events),
        on_error=lambda events, partition, error: failed.append(error),
    )
    with producer:
        for n in range(20):
            producer.send_event(EventData(str(n)), partition_key="bed-1")
        producer.flush(timeout=15)
    assert failed == [] and sorted(int(body) for _, body in done) == list(range(20))
    assert {partition for partition, _ in done} == {done[0][0]}


def positions(hub):
    """a consumer starts where it asks to"""
    first = hub.last("1") + 1
    with hub.producer() as producer:
        for n in range(3):
            producer.send_event(EventData(str(n)), partition_id="1")
        time.sleep(0.01)
        between = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.01)
        for n in range(3, 5):
            producer.send_event(EventData(str(n)), partition_id="1")
    table = [
        ({"starting_position": str(first)}, [1, 2, 3, 4]),
        ({"starting_position": first}, [1, 2, 3, 4]),
        ({"starting_position": first, "starting_position_inclusive": True}, [0, 1, 2, 3, 4]),
        ({"starting_position": str(first), "starting_position_inclusive": True}, [0, 1, 2, 3, 4]),
        ({"starting_position": between}, [3, 4]),
    ]
    for position, expected in table:
        with reading(hub.consumer(), partition_id="1", **position) as reader:
            until(str(position), lambda: len(reader.events) >= len(expected))
        assert [int(e.body_as_str()) for e in reader.events] == expected, position
    with reading(hub.consumer(), partition_id="1", **EARLIEST) as reader:
        until("everything", lambda: len(reader.events) >= first + 5)
    assert reader.events[0].sequence_number == 0
    with reading(hub.consumer(), partition_id="1", starting_position="@latest") as reader:
        with hub.producer() as producer:
            n = 5
            while not reader.events:
                producer.send_event(EventData(str(n)), partition_id="1")
                n += 1
                # The client hands events out once none has come for a moment, or 300 have.
                time.sleep(1)
                assert n < 30, "nothing came"
    assert int(reader.events[0].body_as_str()) >= 5


def properties(hub):
    """hub and partition properties have the types and values that the client knows"""
    with hub.consumer() as client:
        told = client.get_eventhub_properties()
        assert told["eventhub_name"] == "vigil" and told["partition_ids"] == [str(n) for n in range(8)]
        assert told["created_at"].year >= 2024 and client.get_partition_ids() == told["partition_ids"]
        empty = client.get_partition_properties("7")
        assert empty["is_empty"] is True and empty["last_enqueued_sequence_number"] == -1
        with hub.producer() as producer:
            producer.send_batch([EventData("a"), EventData("b")], partition_id="6")
        full = client.get_partition_properties("6")
        assert full["is_empty"] is False and full["id"] == "6" and full["eventhub_name"] == "vigil"
        assert full["beginning_sequence_number"] == 0
        assert full["last_enqueued_offset"] == str(full["last_enqueued_sequence_number"])
        assert abs(full["last_enqueued_time_utc"].timestamp() - time.time()) < 60


def last_enqueued(hub):
    """a consumer that tracks the end of its partition is told of it with each event"""
    with hub.producer() as producer:
        producer.send_batch([EventData("a"), EventData("b")], partition_id="2")
    options = {"partition_id": "2", "track_last_enqueued_event_properties": True, **EARLIEST}
    with reading(hub.consumer(), **options) as reader:
        until("events", lambda: len(reader.events) >= 2)
        told = reader.contexts["2"].last_enqueued_event_properties
    assert told["sequence_number"] == hub.last("2") and told["offset"] == str(told["sequence_number"])
    assert told["enqueued_time"] is not None and told["retrieval_time"] is not None


def stealing(hub):
    """of two owners with the same or a higher level the newest reads, and a lower one is refused"""
    with hub.producer() as producer:
        producer.send_event(EventData("here"), partition_id="3")

    def owner(level):
        more = {} if level is None else {"owner_level": level}
        return reading(hub.consumer("live"), partition_id="3", **more, **EARLIEST)

    for level in (1, 2):
        with owner(1) as old:
            until("the first owner", lambda: old.events)
            with owner(level) as new:
                until("the newer owner", lambda: new.events)
                until("the end of the older", lambda: old.errors)
                assert isinstance(old.errors[0], ConnectionLostError) and "New receiver" in str(old.errors[0]), old.errors[0]
                for other in (level - 1, None):
                    with owner(other) as refused:
                        until("the refusal of level {}".format(other), lambda: refused.errors)
                        assert not refused.events
                assert not new.errors, new.errors


def load_balancing(hub):
    """two clients share the partitions, and what one leaves the other takes over from its checkpoints"""
    store = SharedStore()
    balance = {"checkpoint_store": store, "load_balancing_interval": 0.5, "partition_ownership_expiration_interval": 5}
    options = {"load_balancing_strategy": "greedy", **balance}
    with hub.producer() as producer:
        for partition in range(8):
            producer.send_event(EventData("first"), partition_id=str(partition))
        with reading(hub.consumer("history", **options), **EARLIEST) as one:
            until("all partitions", lambda: len(one.owned) == 8, 30)
            with reading(hub.consumer("history", **options), **EARLIEST) as two:
                until("half of them each", lambda: len(one.owned) == 4 and len(two.owned) == 4, 40)
                assert one.owned | two.owned == {str(n) for n in range(8)}
            until("what was left", lambda: len(one.owned) == 8, 30)
            seen = len(one.events)
            for partition in range(8):
                producer.send_event(EventData("second"), partition_id=str(partition))
            until("events of every partition", lambda: len(one.events) >= seen + 8, 30)


def refusals(hub):
    """a wrong key, an unknown hub, group or partition is refused in a way that the client reports"""
    wrong = hub.sender.replace("SharedAccessKey=", "SharedAccessKey=x")
    error, seconds = fails(lambda: send_once(type(hub.producer()).from_connection_string(wrong, eventhub_name="vigil", retry_total=0)))
    assert isinstance(error, AuthenticationError), error
    assert seconds < 2, seconds
    error, seconds = fails(lambda: send_once(hub.producer(eventhub_name="nothing", retry_total=0)))
    assert isinstance(error, EventHubError), error
    assert seconds < 2, seconds
    error, seconds = fails(lambda: send_once(hub.producer(retry_total=0), "99"))
    assert isinstance(error, EventHubError), error
    with hub.consumer(retry_total=0) as client:
        error, seconds = fails(lambda: client.get_partition_properties("99"))
        assert isinstance(error, EventHubError) and seconds < 2, (error, seconds)
    with reading(hub.consumer("nobody", retry_total=0), partition_id="0", **EARLIEST) as reader:
        until("the refusal of an unknown group", lambda: reader.errors, 20)
        assert reader.error_at - reader.started_at < 5, reader.error_at - reader.started_at
    with reading(hub.consumer(retry_total=0), partition_id="0", starting_position="999999999") as reader:
        until("the refusal of an offset behind the end", lambda: reader.errors, 20)


def send_once(client, partition=None):
    with client:
        more = {} if partition is None else {"partition_id": partition}
        client.send_batch([EventData("x")], **more)


def graceful_restart(hub):
    """after a graceful restart of the hub producer and consumer go on by themselves"""
    restart(hub, "restart")


def killed_hub(hub):
    """after kill -9 of the hub a consumer resumes where it was and a producer sends again; nothing acknowledged is lost"""
    restart(hub, "kill")


def restart(hub, how):
    start = hub.last("4")
    patient = {"retry_total": 10, "retry_backoff_factor": 0.2, "retry_backoff_max": 1}
    sent = []
    with hub.producer(**patient) as producer:
        with reading(hub.consumer(**patient), partition_id="4", starting_position=start) as reader:
            for n in range(50):
                producer.send_event(EventData("{} {}".format(how, n)), partition_id="4")
                sent.append("{} {}".format(how, n))
            until("the first half", lambda: len(reader.events) >= 50)
            hub.ask(how)
            for n in range(50, 100):
                producer.send_event(EventData("{} {}".format(how, n)), partition_id="4")
                sent.append("{} {}".format(how, n))
            until("the second half", lambda: len({e.body_as_str() for e in reader.events}) >= 100, 45)
    bodies = [e.body_as_str() for e in reader.events]
    assert sorted(set(bodies)) == sorted(sent)
    numbers = [e.sequence_number for e in reader.events]
    assert numbers == list(range(start + 1, start + 1 + len(numbers))), "a gap or a repetition"


def private_ca(hub):
    """over TLS the client trusts the private authority and nobody else"""
    # Without the emulator's flag the client takes the port from here only.
    settings = {"eventhub_name": "vigil", "retry_total": 0, "custom_endpoint_address": hub.tls["address"]}
    kind = type(hub.producer())
    send_once(kind.from_connection_string(hub.tls["connection"], connection_verify=hub.tls["ca"], **settings))
    error, _ = fails(lambda: send_once(kind.from_connection_string(hub.tls["connection"], **settings)))
    assert isinstance(error, EventHubError), error


def idle_producer(hub):
    """a producer that was silent for longer than the hub waits sends again by itself"""
    with hub.producer() as producer:
        producer.send_event(EventData("before"), partition_id="5")
        time.sleep(150)
        producer.send_event(EventData("after"), partition_id="5")


# Rows of one stage run side by side: they wait for most of their time and use other partitions.
STAGES = [
    [properties],
    [send_and_receive, positions, last_enqueued, stealing],
    [keys_and_turns],
    [largest_batch, buffered_producer, load_balancing],
    [refusals],
    [private_ca],
    [graceful_restart],
    [killed_hub],
]
SLOW_STAGES = [[idle_producer]]
