/**
 * One connection to VICIdial's database, opened anew when it is lost. Its transactions are read-only, and its user should have SELECT on the
 * tables that are read and nothing else.
 */
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';

export interface ReadOnlyDatabase {
  /** Rejects within the time of the settings, and when the database is away; the next question asks it anew. */
  rows<Row extends RowDataPacket>(sql: string, values: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export function readOnlyDatabase(given: VicidialDatabase): ReadOnlyDatabase {
  let connection: Connection | null = null;

  async function opened(): Promise<Connection> {
    if (connection !== null) return connection;
    const { host, port, name, user, secret, tls, timeoutMs } = given;
    const fresh = await createConnection({
      host,
      port,
      user,
      password: secret,
      database: name,
      connectTimeout: timeoutMs,
      // Without the second, any certificate of anybody is good for this host.
      ...(tls ? { ssl: { rejectUnauthorized: true, verifyIdentity: true } } : {}),
    });
    // Without a listener a lost connection would end the process; the next reading finds out.
    fresh.on('error', () => undefined);
    try {
      // The time to connect ends with the handshake, and a server may go quiet right behind it.
      await fresh.query({ sql: 'SET SESSION TRANSACTION READ ONLY', timeout: timeoutMs });
    } catch (error) {
      fresh.destroy();
      throw error;
    }
    connection = fresh;
    return fresh;
  }

  function dropped(): void {
    connection?.destroy();
    connection = null;
  }

  return {
    async rows<Row extends RowDataPacket>(sql: string, values: readonly unknown[]) {
      try {
        const at = await opened();
        const [rows] = await at.query<Row[]>({ sql, values: [...values], timeout: given.timeoutMs });
        return rows;
      } catch (error) {
        dropped();
        throw error;
      }
    },
    close: () => {
      dropped();
      return Promise.resolve();
    },
  };
}
