"""A checkpoint store that several clients of one process share. Claims are won by etag, as a shared store decides them."""

import threading
import time
import uuid

from azure.eventhub import CheckpointStore


class SharedStore(CheckpointStore):
    def __init__(self):
        self._lock = threading.Lock()
        self._owners = {}
        self._checkpoints = {}

    def list_ownership(self, fully_qualified_namespace, eventhub_name, consumer_group, **kwargs):
        with self._lock:
            return [dict(each) for each in self._owners.values()]

    def claim_ownership(self, ownership_list, **kwargs):
        won = []
        with self._lock:
            for claim in ownership_list:
                held = self._owners.get(claim["partition_id"])
                if held is not None and held["etag"] != claim.get("etag"):
                    continue
                new = {**claim, "etag": str(uuid.uuid4()), "last_modified_time": time.time()}
                self._owners[claim["partition_id"]] = new
                won.append(dict(new))
        return won

    def update_checkpoint(self, checkpoint, **kwargs):
        with self._lock:
            self._checkpoints[checkpoint["partition_id"]] = dict(checkpoint)

    def list_checkpoints(self, fully_qualified_namespace, eventhub_name, consumer_group, **kwargs):
        with self._lock:
            return [dict(each) for each in self._checkpoints.values()]
