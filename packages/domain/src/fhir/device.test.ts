import { DeviceId } from '@vigil/contracts';
import { deviceMetricResource, deviceResource } from './device.js';

const mon1 = DeviceId.parse('mon-1');

test('a device is told with what is known of it, and what is not is left out', () => {
  expect(deviceResource(mon1, {})).toEqual({
    resourceType: 'Device',
    identifier: [{ system: 'urn:vigil:device', value: 'mon-1' }],
    status: 'active',
  });
  const facts = { manufacturer: 'Acme', model: 'M1', firmware: '1.2', serial: 'S1', udi: '(01)00643169001763' };
  expect(deviceResource(mon1, facts)).toMatchObject({
    udiCarrier: [{ carrierHRF: '(01)00643169001763' }],
    ...{ manufacturer: 'Acme', serialNumber: 'S1', modelNumber: 'M1', version: [{ value: '1.2' }] },
  });
});

test('a metric of a device has its MDC code and UCUM unit, and one without a code is not told', () => {
  expect(deviceMetricResource(mon1, 'heartRate', 'Device/5')).toEqual({
    resourceType: 'DeviceMetric',
    identifier: [{ system: 'urn:vigil:device-metric', value: 'mon-1.heartRate' }],
    type: { coding: [{ system: 'urn:iso:std:iso:11073:10101', code: '147842' }] },
    unit: { coding: [{ system: 'http://unitsofmeasure.org', code: '/min' }] },
    source: { reference: 'Device/5' },
    category: 'measurement',
  });
  expect(deviceMetricResource(mon1, 'oxygenFlow', 'Device/5')).toBeNull();
});
