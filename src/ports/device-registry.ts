import type {
  ChangeDevice,
  CommandId,
  DeviceId,
  DeviceUse,
  DeviceUseReason,
  GatewayId,
  NewDevice,
  OpenSpan,
  RegisteredDevice,
  StaffId,
} from '@vigil/contracts';
import type { Who } from './directory.js';
import type { Outcome } from './stay-limits.js';

/** Who changes the registry. The same `commandId` again does nothing and gives the same answer. */
export interface RegistryChange extends Who {
  readonly commandId: CommandId;
  readonly by: StaffId;
}

/** A change of a device at the revision that the person saw. */
export interface DeviceChange extends RegistryChange {
  readonly deviceId: DeviceId;
  readonly ifRev: number;
}

/** A token that waits to be exchanged for a certificate: its SHA-256, never the token. */
export interface WaitingEnrolment {
  readonly deviceId: DeviceId;
  readonly tokenHash: string;
  readonly untilWallMs: number;
}

/**
 * What each device of the site should be. A change commits its row, the audit row and the command in one transaction.
 * @throws PlatformError 'not-found', 'conflict' (the id is taken, the use is so already or can't follow the present one, the command
 * id was used for something else), 'revision-moved', 'store-unavailable'
 */
export abstract class DeviceRegistry {
  abstract find(deviceId: DeviceId): Promise<RegisteredDevice | null>;
  /** Beds that the device is assigned to still. */
  abstract openSpans(deviceId: DeviceId): Promise<readonly OpenSpan[]>;
  /** @throws PlatformError('invalid-request') for a gateway or profile that the site does not have */
  abstract create(device: NewDevice, change: RegistryChange): Promise<Outcome<RegisteredDevice>>;
  /** Another serial number or UDI is another device to the hospital's records: the link to them goes in the same transaction. */
  abstract change(facts: ChangeDevice, change: DeviceChange): Promise<Outcome<RegisteredDevice>>;
  /** Ends no assignment. @throws AssignmentRefused for a device that is to be retired while it is assigned to a bed */
  abstract use(
    wanted: { readonly state: DeviceUse; readonly reason: DeviceUseReason },
    change: DeviceChange,
  ): Promise<Outcome<RegisteredDevice>>;
  /** By id, all that are not in use; at most `limit`. */
  abstract lockedOut(limit: number): Promise<readonly RegisteredDevice[]>;
  /** The one token of the device: that of before holds no more. @throws PlatformError 'conflict' unless the device is in use */
  abstract openEnrolment(enrolment: WaitingEnrolment, who: Who): Promise<void>;
  /** Null for a token that is not known, was used or is too old, and while its device is not in use. */
  abstract enrolmentOf(
    tokenHash: string,
    wallMs: number,
  ): Promise<{ readonly deviceId: DeviceId; readonly gatewayId: GatewayId } | null>;
  /** Uses the token up. False when somebody else was faster. */
  abstract takeEnrolment(tokenHash: string, who: Who): Promise<boolean>;
}
