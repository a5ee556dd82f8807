/**
 * Who gets in where reading is closed: scopes of which any will do; null = everybody. Written by hand, a second time:
 * the server's own table is what is tested.
 */
export const EXPECTED_ACCESS: Readonly<Record<string, readonly string[] | null>> = {
  'GET /livez': null,
  'GET /readyz': null,
  'GET /v1/openapi.json': null,
  'GET /v1/info': ['read', 'submit', 'admin'],
  'GET /v1/tips': ['read', 'submit', 'admin'],
  'POST /v1/transactions': ['submit', 'admin'],
  'GET /v1/backup': ['admin'],
  'GET /metrics': ['read'],
  'GET /v1/transactions/:id': ['read'],
  'GET /v1/transactions/:id/proof': ['read'],
  'GET /v1/devices': ['read'],
  'GET /v1/devices/:did': ['read'],
  'GET /v1/devices/:did/readings': ['read'],
  'GET /v1/events': ['read'],
  'GET /v1/export': ['read'],
  'GET /v1/log/consistency': ['read'],
  'GET /v1/log/range': ['read'],
  'GET /checkpoint': ['read'],
  'GET /tile/*': ['read'],
};
