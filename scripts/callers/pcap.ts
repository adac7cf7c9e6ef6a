/** Reads the UDP packets of a capture file (classic pcap, Ethernet or raw IP, IPv4). Pure; a cut last record is ignored. */

export interface UdpPacket {
  /** Wall clock, milliseconds since 1970 with a fraction. */
  readonly at: number;
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly payload: Buffer;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const LINK_ETHERNET = 1;
const LINK_RAW = 101;

export function parsePcap(file: Buffer): UdpPacket[] {
  if (file.length < FILE_HEADER) return [];
  const magic = file.readUInt32LE(0);
  const nano = magic === 0xa1b23c4d;
  if (!nano && magic !== 0xa1b2c3d4) throw new Error('not a little-endian pcap file');
  const link = file.readUInt32LE(20) & 0xffff;
  if (link !== LINK_ETHERNET && link !== LINK_RAW) throw new Error(`link type ${link} is not supported`);
  const packets: UdpPacket[] = [];
  for (let offset = FILE_HEADER; offset + RECORD_HEADER <= file.length;) {
    const at = file.readUInt32LE(offset) * 1_000 + file.readUInt32LE(offset + 4) / (nano ? 1e6 : 1e3);
    const length = file.readUInt32LE(offset + 8);
    const start = offset + RECORD_HEADER;
    if (start + length > file.length) break;
    const packet = parseFrame(file.subarray(start, start + length), at, link === LINK_ETHERNET ? 14 : 0);
    if (packet !== undefined) packets.push(packet);
    offset = start + length;
  }
  return packets;
}

function parseFrame(frame: Buffer, at: number, linkHeader: number): UdpPacket | undefined {
  if (frame.length < linkHeader + 28) return undefined;
  if (linkHeader === 14 && frame.readUInt16BE(12) !== 0x0800) return undefined;
  const ip = frame.subarray(linkHeader);
  const headerLength = (ip.readUInt8(0) & 0x0f) * 4;
  if (ip.readUInt8(0) >> 4 !== 4 || ip.readUInt8(9) !== 17 || ip.length < headerLength + 8) return undefined;
  const udp = ip.subarray(headerLength);
  return {
    at,
    from: { host: address(ip, 12), port: udp.readUInt16BE(0) },
    to: { host: address(ip, 16), port: udp.readUInt16BE(2) },
    payload: udp.subarray(8, udp.readUInt16BE(4)),
  };
}

function address(ip: Buffer, offset: number): string {
  return ip.subarray(offset, offset + 4).join('.');
}
