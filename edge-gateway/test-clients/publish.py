"""Publishes heart rates of one device to a gateway over TLS, as a device written in Python would.

python publish.py HOST PORT DEVICE_ID CA CERTIFICATE KEY COUNT
"""

import json
import sys
import time
import uuid

import paho.mqtt.client as mqtt

host, port, device_id, authority, certificate, key, count = sys.argv[1:]

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=device_id, protocol=mqtt.MQTTv311)
# The certificate says who the device is: no user name and no password.
client.tls_set(ca_certs=authority, certfile=certificate, keyfile=key)
status = f"vigil/v1/{device_id}/status"
client.will_set(status, json.dumps({"state": "offline"}), qos=1, retain=True)
client.connect(host, int(port), keepalive=30)
client.loop_start()

boot_id = str(uuid.uuid4())
client.publish(status, json.dumps({"state": "online", "bootId": boot_id}), qos=1, retain=True)
for seq in range(int(count)):
    message = {
        "bootId": boot_id,
        "seq": seq,
        "atMs": int(time.time() * 1000),
        "origin": "test",
        "observations": [{"metric": "heartRate", "value": 72, "unit": "/min", "quality": "valid"}],
    }
    # Keep a message until this returns: then it is stored.
    client.publish(f"vigil/v1/{device_id}/observations", json.dumps(message), qos=1).wait_for_publish(timeout=10)
client.disconnect()
client.loop_stop()
