import { Module } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { DeviceRegistry } from '../ports/device-registry.js';
import { Directory } from '../ports/directory.js';
import { Fleet } from '../ports/fleet.js';
import { HeldMessages } from '../ports/held-messages.js';
import { ServerConfig } from '../server-config.js';
import { openConfigSigner } from '../site/config-key.js';
import { DeviceCertificates } from './device-certificates.js';
import { DeviceDesk } from './device-desk.js';
import { DeviceRightsController } from './device-rights.controller.js';
import { DevicesController } from './devices.controller.js';
import { EnforcedRights } from './enforced-rights.service.js';
import { FleetController } from './fleet.controller.js';
import { FleetRound } from './fleet-round.js';
import { GatewayConfigs, SignedGatewayConfigs } from './gateway-configs.js';
import { RegistryController } from './registry.controller.js';

const configs = {
  provide: GatewayConfigs,
  inject: [Directory, AppClock, ServerConfig],
  useFactory: (directory: Directory, clock: AppClock, { settings }: ServerConfig): GatewayConfigs => {
    const signer = openConfigSigner(settings.dataDir);
    return new SignedGatewayConfigs(directory, clock, signer, new DeviceCertificates(settings.dataDir));
  },
};
const desk = {
  provide: DeviceDesk,
  inject: [ServerConfig, DeviceRegistry, AppClock],
  useFactory: ({ settings }: ServerConfig, registry: DeviceRegistry, clock: AppClock): DeviceDesk =>
    new DeviceDesk(settings.dataDir, registry, clock),
};
const round = {
  provide: FleetRound,
  inject: [Fleet, HeldMessages, AppClock],
  useFactory: (fleet: Fleet, held: HeldMessages, clock: AppClock): FleetRound => new FleetRound(fleet, held, clock),
};

@Module({
  controllers: [DevicesController, FleetController, RegistryController, DeviceRightsController],
  providers: [configs, desk, round, EnforcedRights],
})
export class DevicesModule {}
