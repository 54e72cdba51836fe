import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, type Patient, PatientSearch } from '@vigil/contracts';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Directory } from '../ports/directory.js';

/** Look-up of a patient by what is on the wristband. By POST, because URLs are kept where nobody expects names. */
@ApiTags('patients')
@Controller('api/v1/patients/search')
export class PatientSearchController {
  constructor(
    private readonly directory: Directory,
    private readonly access: Access,
  ) {}

  @Post()
  @Requires('patient.read')
  @Endpoint({
    summary: 'Find a patient by record number, or by family name and birth date',
    description: 'Exact, but for case, width and (of record numbers) spaces and punctuation. Shows whom the list would show.',
    body: 'PatientSearch',
    answer: 'PatientList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable', 'keys-unavailable'],
  })
  async search(@Context() context: RequestContext, @Body() body: unknown): Promise<Page<Patient>> {
    const wanted = parse(PatientSearch, body, 'body');
    const visible = await this.access.visible(context.caller, 'patient.read');
    const shown = visible === null ? null : new Set(visible.patientIds);
    const found = await this.directory.searchPatients(wanted);
    const items = found.filter(({ patientId }) => shown === null || shown.has(patientId));
    const ids = items.map(({ patientId }) => patientId);
    context.subject('patients', ids, `search by ${'mrn' in wanted ? 'record number' : 'name and birth date'}: ${ids.length}`);
    return { items, next: null };
  }
}
