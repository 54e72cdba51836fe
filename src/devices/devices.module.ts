import { Module } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { ServerConfig } from '../server-config.js';
import { openConfigSigner } from '../site/config-key.js';
import { DeviceCertificates } from './device-certificates.js';
import { DevicesController } from './devices.controller.js';
import { FleetController } from './fleet.controller.js';
import { GatewayConfigs, SignedGatewayConfigs } from './gateway-configs.js';

const configs = {
  provide: GatewayConfigs,
  inject: [Directory, AppClock, ServerConfig],
  useFactory: (directory: Directory, clock: AppClock, { settings }: ServerConfig): GatewayConfigs => {
    const signer = openConfigSigner(settings.dataDir);
    return new SignedGatewayConfigs(directory, clock, signer, new DeviceCertificates(settings.dataDir));
  },
};

@Module({ controllers: [DevicesController, FleetController], providers: [configs] })
export class DevicesModule {}
