import { Module } from '@nestjs/common';
import { EhrReaderService } from './ehr-reader.service.js';
import { NotifyController } from './notify.controller.js';

/** What the hospital's records say, by FHIR. Names no adapter: ports come from the global PortsModule. */
@Module({ controllers: [NotifyController], providers: [EhrReaderService] })
export class EhrInModule {}
