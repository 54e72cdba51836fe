import { Module } from '@nestjs/common';
import { DataQualityController } from './data-quality.controller.js';
import { HistoryController } from './history.controller.js';
import { HistoryExportController } from './history-export.controller.js';

@Module({ controllers: [HistoryController, HistoryExportController, DataQualityController] })
export class HistoryModule {}
