/**
 * A flow for Node-RED that publishes a heart rate each second over TLS: `settings.js` and `flows.json` for its user folder.
 * Import the nodes, and replace the files, the host and the device by your own.
 *
 * @param {{ host: string, port: number, deviceId: string, ca: string, cert: string, key: string }} site
 */
export function nodeRedFlow({ host, port, deviceId, ca, cert, key }) {
  const func = [
    "const bootId = flow.get('bootId') || RED.util.generateId().padEnd(32, '0').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');",
    "const seq = flow.get('seq') || 0;",
    "flow.set('bootId', bootId);",
    "flow.set('seq', seq + 1);",
    "const observations = [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }];",
    "msg.payload = { bootId, seq, atMs: Date.now(), origin: 'test', observations };",
    'return msg;',
  ].join('\n');
  return [
    { id: 'tab', type: 'tab', label: 'Vigil' },
    {
      id: 'tls',
      type: 'tls-config',
      cert,
      key,
      ca,
      certname: '',
      keyname: '',
      caname: '',
      servername: '',
      verifyservercert: true,
    },
    {
      ...{ id: 'broker', type: 'mqtt-broker', broker: host, port: String(port), tls: 'tls', clientid: deviceId, usetls: true },
      ...{ autoConnect: true, protocolVersion: '4', keepalive: '30', cleansession: true },
    },
    {
      ...{ id: 'second', type: 'inject', z: 'tab', repeat: '1', once: true, onceDelay: '0.1', props: [], wires: [['reading']] },
    },
    { id: 'reading', type: 'function', z: 'tab', func, outputs: 1, wires: [['out']] },
    {
      ...{ id: 'out', type: 'mqtt out', z: 'tab', topic: `vigil/v1/${deviceId}/observations`, qos: '1', retain: 'false' },
      ...{ broker: 'broker', wires: [] },
    },
  ];
}
