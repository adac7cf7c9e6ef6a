/** Of VICIdial's tables the columns that are read or stand in the way, with its own types, keys and engine. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fencesOf } from './pages.ts';

export const VICIDIAL_TABLES = [
  'CREATE DATABASE asterisk',
  `CREATE TABLE asterisk.vicidial_live_agents (
  live_agent_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  user VARCHAR(20),
  server_ip VARCHAR(15) NOT NULL,
  status ENUM('READY','QUEUE','INCALL','PAUSED','CLOSER','MQUEUE') default 'PAUSED',
  lead_id INT(9) UNSIGNED NOT NULL,
  campaign_id VARCHAR(8),
  callerid VARCHAR(20),
  last_call_time DATETIME,
  last_update_time TIMESTAMP,
  outbound_autodial ENUM('Y','N') default 'N'
) ENGINE=MyISAM`,
  `CREATE TABLE asterisk.vicidial_dial_log (
  caller_code VARCHAR(30) NOT NULL,
  lead_id INT(9) UNSIGNED default '0',
  server_ip VARCHAR(15),
  call_date DATETIME,
  extension VARCHAR(100) default '',
  channel VARCHAR(100) default '',
  context VARCHAR(100) default '',
  timeout MEDIUMINT(7) UNSIGNED default '0',
  outbound_cid VARCHAR(100) default '',
  index (caller_code),
  index (call_date)
) ENGINE=MyISAM`,
  `CREATE TABLE asterisk.vicidial_log (
  uniqueid VARCHAR(20) PRIMARY KEY NOT NULL,
  lead_id INT(9) UNSIGNED NOT NULL,
  campaign_id VARCHAR(8),
  call_date DATETIME,
  length_in_sec INT(10),
  status VARCHAR(6),
  phone_code VARCHAR(10),
  phone_number VARCHAR(18),
  user VARCHAR(20),
  comments VARCHAR(255),
  term_reason ENUM('CALLER','AGENT','QUEUETIMEOUT','ABANDON','AFTERHOURS','NONE') default 'NONE',
  called_count SMALLINT(5) UNSIGNED default '0',
  index (lead_id),
  index (call_date)
) ENGINE=MyISAM`,
  `CREATE TABLE asterisk.vicidial_log_extended (
  uniqueid VARCHAR(50) PRIMARY KEY NOT NULL,
  server_ip VARCHAR(15),
  call_date DATETIME,
  lead_id INT(9) UNSIGNED,
  caller_code VARCHAR(30) NOT NULL,
  index (call_date)
) ENGINE=MyISAM`,
  `CREATE TABLE asterisk.vicidial_list (
  lead_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  status VARCHAR(6),
  phone_code VARCHAR(10),
  phone_number VARCHAR(18) NOT NULL,
  state VARCHAR(2),
  postal_code VARCHAR(10),
  index (phone_number),
  index (status)
) ENGINE=MyISAM`,
  `CREATE TABLE asterisk.vicidial_hopper (
  hopper_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  lead_id INT(9) UNSIGNED NOT NULL,
  campaign_id VARCHAR(8),
  status ENUM('READY','QUEUE','INCALL','DONE','HOLD','DNC','RHOLD','RQUEUE') default 'READY',
  user VARCHAR(20),
  alt_dial VARCHAR(6) default 'NONE',
  priority TINYINT(2) default '0',
  index (lead_id)
) ENGINE=MyISAM`,
] as const;

export const READER_PASSWORD = 'of-the-reader';

/** Every statement of docs/vicidial.md, in its order. */
export const READER_GRANTS: readonly string[] = fencesOf({
  path: 'docs/vicidial.md',
  source: readFileSync(resolve('docs/vicidial.md'), 'utf8'),
})
  .filter(({ language }) => language === 'sql')
  .flatMap(({ text }) => text.split(';'))
  .map((statement) => statement.trim().replace("'...'", `'${READER_PASSWORD}'`))
  .filter((statement) => statement !== '');
