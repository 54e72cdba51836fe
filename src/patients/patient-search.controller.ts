import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PatientSearch, type PatientSearchResult } from '@vigil/contracts';
import { mayAnywhere } from '@vigil/domain';
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
    description:
      'Exact, but for case, width and (of record numbers) spaces and punctuation. Shows whom the list would show; of others, whoever may open a record in an emergency is told the id.',
    body: 'PatientSearch',
    answer: 'PatientSearchResult',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable', 'keys-unavailable'],
  })
  async search(@Context() context: RequestContext, @Body() body: unknown): Promise<PatientSearchResult> {
    const wanted = parse(PatientSearch, body, 'body');
    const visible = await this.access.visible(context.caller, 'patient.read');
    const shown = visible === null ? null : new Set(visible.patientIds);
    const found = await this.directory.searchPatients(wanted);
    const items = found.filter(({ patientId }) => shown === null || shown.has(patientId));
    const hidden = found.flatMap(({ patientId }) => (shown === null || shown.has(patientId) ? [] : [patientId]));
    const elsewhere = mayAnywhere(context.caller, 'break-glass.use').allowed ? hidden : [];
    const ids = [...items.map(({ patientId }) => patientId), ...elsewhere];
    const by = 'mrn' in wanted ? 'record number' : 'name and birth date';
    context.subject('patients', ids, `search by ${by}: ${items.length}, elsewhere ${elsewhere.length}`);
    return { items, elsewhere, next: null };
  }
}
