"""Prints the newest five events of a partition as JSON: `read_javascript.py <connection string> <partition>`."""

import json
import sys

from azure.eventhub import EventHubConsumerClient
from azure.eventhub.amqp import AmqpMessageBodyType
from support import Reader, until


def body_of(event):
    """Text of a data body; of others what Python makes of them."""
    return b"".join(event.body).decode() if event.body_type == AmqpMessageBodyType.DATA else repr(event.body)


connection, partition = sys.argv[1:]
client = EventHubConsumerClient.from_connection_string(connection, "alarms", eventhub_name="vigil")
last = client.get_partition_properties(partition)["last_enqueued_sequence_number"]
reader = Reader(client, partition_id=partition, starting_position=last - 5)
until("five events", lambda: len(reader.events) >= 5)
reader.close()
print(
    json.dumps(
        {
            "bodies": [body_of(event) for event in reader.events],
            "keys": [event.partition_key.decode() for event in reader.events],
            "texts": [event.properties[b"text"].decode() for event in reader.events],
        }
    )
)
