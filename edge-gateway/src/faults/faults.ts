import type { DeviceFaultCode, DeviceId, GatewayFaultCode } from '@vigil/contracts';

/**
 * Where a part of the gateway says what is technically wrong, and when it is over. Saying the same twice changes nothing,
 * so whoever looks at something regularly says what it sees each time.
 */
export interface Faults {
  device(deviceId: DeviceId, fault: DeviceFaultCode, active: boolean): void;
  gateway(fault: GatewayFaultCode, active: boolean): void;
}

/** For tests and tools in which nobody listens. */
export const NO_FAULTS: Faults = { device: () => undefined, gateway: () => undefined };
