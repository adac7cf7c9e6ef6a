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
  return createPcapReader().read(file);
}

/** Reads a capture piece by piece while it grows: each call takes the bytes that are new since the last one. */
export function createPcapReader(): { read(bytes: Buffer): UdpPacket[] } {
  let rest: Buffer = Buffer.alloc(0);
  let format: Format | undefined;
  return {
    read(bytes) {
      const data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      let offset = 0;
      if (format === undefined) {
        if (data.length < FILE_HEADER) {
          rest = data;
          return [];
        }
        format = readFormat(data);
        offset = FILE_HEADER;
      }
      const packets: UdpPacket[] = [];
      while (offset + RECORD_HEADER <= data.length) {
        const start = offset + RECORD_HEADER;
        const end = start + data.readUInt32LE(offset + 8);
        if (end > data.length) break;
        const at = data.readUInt32LE(offset) * 1_000 + data.readUInt32LE(offset + 4) / format.ticksPerMs;
        const packet = parseFrame(data.subarray(start, end), at, format.linkHeader);
        if (packet !== undefined) packets.push(packet);
        offset = end;
      }
      rest = data.subarray(offset);
      return packets;
    },
  };
}

interface Format {
  readonly ticksPerMs: number;
  readonly linkHeader: number;
}

function readFormat(header: Buffer): Format {
  const magic = header.readUInt32LE(0);
  const nano = magic === 0xa1b23c4d;
  if (!nano && magic !== 0xa1b2c3d4) throw new Error('not a little-endian pcap file');
  const link = header.readUInt32LE(20) & 0xffff;
  if (link !== LINK_ETHERNET && link !== LINK_RAW) throw new Error(`link type ${link} is not supported`);
  return { ticksPerMs: nano ? 1e6 : 1e3, linkHeader: link === LINK_ETHERNET ? 14 : 0 };
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
