export { rowsToColumns, type Columns } from './columns.js';
export { packReadings, type PackOptions } from './pack.js';
export { PAYLOAD_BYTES_MAX, unpackReadings } from './unpack.js';
export {
  groupReadingsIntoRows,
  packRow,
  rowsToReadings,
  type PackRowOptions,
  type Row,
  type UnitsByName,
} from './rows.js';
export { fromSenmlJson, toSenmlJson, type SenmlJsonRecord } from './json.js';
export {
  checkReading,
  isReadingName,
  NAME_CHARACTERS_MAX,
  READINGS_MAX,
  UNIT_CHARACTERS_MAX,
  type Reading,
  type ReadingValue,
} from './reading.js';
export { RECORD_FIELDS_MAX } from './scan.js';
export { SENML_VERSION, type ResolveOptions } from './resolve.js';
export { TelemetryError, type TelemetryFailure, type TelemetryFailureCode, type TelemetryResult } from './failure.js';
