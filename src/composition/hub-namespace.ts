import { parseEventHubConnectionString } from '@azure/event-hubs';
import { connectionProblem } from '@vigil/hub-client';
import { SettingsError } from '../config.js';

/** Refuses a connection string that can't or must not be used. @throws SettingsError that quotes nothing of it */
export function requireSafeHub(connectionString: string): void {
  const problem = connectionProblem(connectionString);
  if (problem !== null) throw new SettingsError(`EVENT_HUBS_CONNECTION_STRING ${problem}`);
}

/** The namespace under which the client keeps its ownership of partitions. @throws SettingsError as above */
export function hubNamespace(connectionString: string): string {
  requireSafeHub(connectionString);
  try {
    // A local hub has a port, which is no part of the name under which the client keeps its ownership.
    return parseEventHubConnectionString(connectionString).fullyQualifiedNamespace.replace(/:\d+$/, '');
  } catch {
    throw new SettingsError(
      'EVENT_HUBS_CONNECTION_STRING is no connection string: Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…',
    );
  }
}
