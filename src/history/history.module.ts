import { Module } from '@nestjs/common';
import { DataQualityController } from './data-quality.controller.js';
import { HistoryController } from './history.controller.js';
import { HistoryExportController } from './history-export.controller.js';
import { MachineHistoryController } from './machine-history.controller.js';

@Module({ controllers: [HistoryController, HistoryExportController, DataQualityController, MachineHistoryController] })
export class HistoryModule {}
