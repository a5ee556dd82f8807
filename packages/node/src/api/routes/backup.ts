/** The whole store, for the operator to keep elsewhere. */
import { Readable } from 'node:stream';
import type { RouteGroup } from '../context.js';
import { onEnd, responses } from '../context.js';
import { ProblemError } from '../problem.js';
import { NO_PARAMETERS } from '../schemas.js';

export const registerBackupRoutes: RouteGroup = (app, { node, limits, stopped }) => {
  let backups = 0;
  app.get(
    '/v1/backup',
    {
      // It reads all of the disk, and the database keeps what it would drop for as long as it takes.
      config: { access: ['admin'] },
      schema: {
        summary: 'A backup of the store as of now, for `tangle restore`',
        operationId: 'backup',
        tags: ['node'],
        querystring: NO_PARAMETERS,
        response: responses(200, {
          content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
        }),
      },
    },
    async (_request, reply) => {
      if (backups >= limits.backupsMax) {
        throw new ProblemError('too-many-backups', `At most ${limits.backupsMax} backups run at a time`, {
          allowed: limits.backupsMax,
        });
      }
      backups += 1;
      onEnd(reply, () => (backups -= 1));
      // As with an export, whatever goes wrong in the middle cuts the connection.
      const bytes = Readable.from(node.backup(), { objectMode: false, signal: stopped });
      return reply.type('application/octet-stream').send(bytes);
    },
  );
};
