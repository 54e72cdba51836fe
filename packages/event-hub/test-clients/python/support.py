"""What the rows of the matrix share: the hub under test, clients that close themselves, and readers in threads."""

import json
import sys
import threading
import time
from contextlib import contextmanager

from azure.eventhub import EventHubConsumerClient, EventHubProducerClient

QUICK = {"retry_total": 2, "retry_backoff_factor": 0.1, "retry_backoff_max": 1}


class Hub:
    """The hub under test, as the test that started this process describes it."""

    def __init__(self, described):
        self.connection = described["connection"]
        self.sender = described["sender"]
        self.tls = described["tls"]
        self.partition_of_key = described["partitionOfKey"]

    def ask(self, what):
        """Has the test do something to the hub, e.g. kill it, and waits until it is done."""
        print(json.dumps({"ask": what}), flush=True)
        answer = sys.stdin.readline().strip()
        assert answer == "done", "the test answers " + answer

    def producer(self, **more):
        return EventHubProducerClient.from_connection_string(self.sender, **{"eventhub_name": "vigil", **QUICK, **more})

    def consumer(self, group="alarms", **more):
        return EventHubConsumerClient.from_connection_string(
            self.connection, group, **{"eventhub_name": "vigil", **QUICK, **more}
        )

    def last(self, partition):
        """Sequence number of the newest event in a partition, -1 when it has none."""
        with self.producer() as client:
            return client.get_partition_properties(partition)["last_enqueued_sequence_number"]


class Reader:
    """A consumer in a thread of its own. Events and errors are collected until it is closed."""

    def __init__(self, client, **options):
        self.client = client
        self.events = []
        self.partitions = {}
        self.contexts = {}
        self.owned = set()
        self.errors = []
        self.error_at = None
        self.started_at = time.monotonic()
        defaults = {"on_event": self._on_event, "on_error": self._on_error, "on_partition_initialize": self._on_start}
        self._arguments = {**defaults, "on_partition_close": self._on_end, **options}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self.client.receive(**self._arguments)
        except Exception as error:  # The thread's end is an outcome that rows look at.
            self._on_error(None, error)

    def _on_event(self, context, event):
        if event is None:
            return
        self.contexts[context.partition_id] = context
        self.events.append(event)
        self.partitions.setdefault(context.partition_id, []).append(event)
        if self._arguments.get("checkpoint"):
            context.update_checkpoint(event)

    def _on_error(self, _context, error):
        self.errors.append(error)
        self.error_at = self.error_at or time.monotonic()

    def _on_start(self, context):
        self.owned.add(context.partition_id)

    def _on_end(self, context, _reason):
        self.owned.discard(context.partition_id)

    def close(self):
        self.client.close()
        self._thread.join(10)


@contextmanager
def reading(client, **options):
    reader = Reader(client, **options)
    try:
        yield reader
    finally:
        reader.close()


def until(what, does, within_s=15):
    end = time.monotonic() + within_s
    while not does():
        assert time.monotonic() < end, "waited in vain: " + what
        time.sleep(0.02)


def fails(action):
    """Runs what has to fail; answers the error and the seconds that it took."""
    started = time.monotonic()
    try:
        action()
    except Exception as error:
        return error, time.monotonic() - started
    raise AssertionError("it did not fail")
