import { Module } from '@nestjs/common';
import { BedAliasesController } from './bed-aliases.controller.js';
import { BedPlacesController } from './bed-places.controller.js';
import { CareUnitsController } from './care-units.controller.js';

/** How the site is set up: care units, beds, and what the hospital calls them. */
@Module({ controllers: [CareUnitsController, BedPlacesController, BedAliasesController] })
export class PlacesModule {}
