"""A running sensor on a mock of `org.bluez`: it is found, sends values, is lost, and returns.

usage: mock_bluez.py    on the bus of DBUS_SYSTEM_BUS_ADDRESS; needs python3-dbus and python3-gi (Debian)
"""

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

PROPERTIES = "org.freedesktop.DBus.Properties"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
HCI = "/org/bluez/hci0"
POD = HCI + "/dev_00_11_22_33_44_55"
RUNNING = "00001814-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a53-0000-1000-8000-00805f9b34fb"
# Values after which the sensor goes out of reach; then it is found again.
BEFORE_LOSS = 3


class Node(dbus.service.Object):
    """An object with properties."""

    def __init__(self, bus, path, interface, properties):
        super().__init__(bus, path)
        self.interface, self.properties = interface, properties

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.properties[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return self.properties if interface == self.interface else {}

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def set(self, **changed):
        self.properties.update(changed)
        self.PropertiesChanged(self.interface, dbus.Dictionary(changed, signature="sv"), [])


class Root(dbus.service.Object):
    """The object manager: what there is now."""

    def __init__(self, bus):
        super().__init__(bus, "/")
        self.nodes = {}

    @dbus.service.method("org.freedesktop.DBus.ObjectManager", out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return {path: {node.interface: node.properties} for path, node in self.nodes.items()}

    @dbus.service.signal("org.freedesktop.DBus.ObjectManager", signature="oa{sa{sv}}")
    def InterfacesAdded(self, path, interfaces):
        pass

    def add(self, path, node):
        self.nodes[dbus.ObjectPath(path)] = node
        self.InterfacesAdded(path, {node.interface: node.properties})


class Adapter(Node):
    @dbus.service.method(ADAPTER, in_signature="a{sv}")
    def SetDiscoveryFilter(self, wanted):
        pass

    @dbus.service.method(ADAPTER)
    def StartDiscovery(self):
        self.set(Discovering=dbus.Boolean(True))
        GLib.timeout_add(200, self.pod.advertise)

    @dbus.service.method(ADAPTER)
    def StopDiscovery(self):
        self.set(Discovering=dbus.Boolean(False))


class Pod(Node):
    def advertise(self):
        self.set(RSSI=dbus.Int16(-50))
        return False

    @dbus.service.method(DEVICE)
    def Connect(self):
        self.set(Connected=dbus.Boolean(True))
        self.set(ServicesResolved=dbus.Boolean(True))

    @dbus.service.method(DEVICE)
    def Disconnect(self):
        self.set(Connected=dbus.Boolean(False), ServicesResolved=dbus.Boolean(False))


class Measurement(Node):
    strides = 80
    sent = 0
    timer = None

    @dbus.service.method(CHARACTERISTIC)
    def StartNotify(self):
        self.set(Notifying=dbus.Boolean(True))
        self.sent = 0
        self.timer = GLib.timeout_add(100, self.send)

    @dbus.service.method(CHARACTERISTIC)
    def StopNotify(self):
        self.set(Notifying=dbus.Boolean(False))

    def send(self):
        if not self.pod.properties["Connected"]:
            return False
        if self.sent == BEFORE_LOSS:
            self.pod.Disconnect()
            return False
        # Running, at 3 m/s.
        value = [0x04, 0x00, 0x03, self.strides]
        self.set(Value=dbus.Array([dbus.Byte(byte) for byte in value], signature="y"))
        self.strides, self.sent = self.strides + 1, self.sent + 1
        return True


DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
name = dbus.service.BusName("org.bluez", bus)
root = Root(bus)
adapter = Adapter(
    bus,
    HCI,
    ADAPTER,
    {
        "Address": "00:00:00:00:00:01",
        "Name": "mock",
        "Alias": "mock",
        "Powered": dbus.Boolean(True),
        "Roles": dbus.Array(["central"], signature="s"),
        "Discovering": dbus.Boolean(False),
        "UUIDs": dbus.Array([], signature="s"),
    },
)
pod = Pod(
    bus,
    POD,
    DEVICE,
    {
        "Address": "00:11:22:33:44:55",
        "AddressType": "public",
        "Name": "Pod",
        "Alias": "Pod",
        "Adapter": dbus.ObjectPath(HCI),
        "Paired": dbus.Boolean(True),
        "Trusted": dbus.Boolean(False),
        "Blocked": dbus.Boolean(False),
        "LegacyPairing": dbus.Boolean(False),
        "Connected": dbus.Boolean(False),
        "ServicesResolved": dbus.Boolean(False),
        "UUIDs": dbus.Array([RUNNING], signature="s"),
        "RSSI": dbus.Int16(-50),
    },
)
adapter.pod = pod
service = Node(
    bus,
    POD + "/service0010",
    SERVICE,
    {"UUID": RUNNING, "Device": dbus.ObjectPath(POD), "Primary": dbus.Boolean(True)},
)
measurement = Measurement(
    bus,
    POD + "/service0010/char0011",
    CHARACTERISTIC,
    {
        "UUID": MEASUREMENT,
        "Service": dbus.ObjectPath(POD + "/service0010"),
        "Flags": dbus.Array(["notify"], signature="s"),
        "Notifying": dbus.Boolean(False),
        "Value": dbus.Array([], signature="y"),
    },
)
measurement.pod = pod
for path, node in [
    (HCI, adapter),
    (POD, pod),
    (POD + "/service0010", service),
    (POD + "/service0010/char0011", measurement),
]:
    root.add(path, node)
print("ready", flush=True)
GLib.MainLoop().run()
