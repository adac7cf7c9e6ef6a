/** Names of the images that stand in for the official ones; each key is the variable of docker-compose.yml it answers. */
export const STAND_INS = {
  DEBIAN_IMAGE: 'breakwater/stand-in:debian',
  NODE_IMAGE: 'breakwater/stand-in:node',
  POSTGRES_IMAGE: 'breakwater/stand-in:postgres',
  REDIS_IMAGE: 'breakwater/stand-in:redis',
} as const;
