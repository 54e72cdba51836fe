import { type DeviceFacts, type DeviceId, type MetricName, metricRow } from '@vigil/contracts';
import { MDC, UCUM } from './codings.js';
import { DEVICE_METRIC_SYSTEM, DEVICE_SYSTEM } from './identity.js';
import type { FhirJson } from './observation.js';

/** What of a device the records of the hospital are told. */
export type OutDeviceFacts = Pick<DeviceFacts, 'manufacturer' | 'model' | 'firmware' | 'serial' | 'udi'>;

/** The Device of one of ours; what is not known is left out. */
export function deviceResource(deviceId: DeviceId, facts: OutDeviceFacts): FhirJson {
  const { manufacturer, model, firmware, serial, udi } = facts;
  return {
    resourceType: 'Device',
    identifier: [{ system: DEVICE_SYSTEM, value: deviceId }],
    ...(udi === undefined ? {} : { udiCarrier: [{ carrierHRF: udi }] }),
    status: 'active',
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(serial === undefined ? {} : { serialNumber: serial }),
    ...(model === undefined ? {} : { modelNumber: model }),
    ...(firmware === undefined ? {} : { version: [{ value: firmware }] }),
  };
}

/** Null for a metric that devices have no code for. @param device reference of its Device at the server */
export function deviceMetricResource(deviceId: DeviceId, metric: MetricName, device: string): FhirJson | null {
  const { mdc, unit } = metricRow(metric);
  if (mdc === null) return null;
  return {
    resourceType: 'DeviceMetric',
    identifier: [{ system: DEVICE_METRIC_SYSTEM, value: deviceMetricIdentity(deviceId, metric) }],
    type: { coding: [{ system: MDC, code: String(mdc) }] },
    unit: { coding: [{ system: UCUM, code: unit }] },
    source: { reference: device },
    category: 'measurement',
  };
}

export function deviceMetricIdentity(deviceId: DeviceId, metric: MetricName): string {
  return `${deviceId}.${metric}`;
}
