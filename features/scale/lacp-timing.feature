@bond @lacp @timing
Feature: LACP timing of a bond
  LACPDU Rate is what the NAS asks of the switch: by the TIMEOUT bit of its LACPDUs it says
  whether it gives up a silent switch after 90 seconds (SLOW) or after three (FAST). How often
  it sends itself is the switch's choice. The kernel's clock for LACP has 104 ms where 100 are
  meant, so that its seconds are long.

  @shared-setup @long
  Rule: SLOW
    A hundred seconds are waited for once: bond0 loses its partner on one of two ports, bond1
    keeps its own, bond2 is in load balance, bond3 has nobody.

    Background:
      Given an LACP partner on ports 1 and 2
      And another LACP partner on port 3
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate slow, xmit_hash_policy layer2+3 on ports 1 and 2
      And a bond bond1 with mode 802.3ad, miimon 100, lacp_rate slow on port 3
      And a bond bond2 with mode balance-xor, miimon 100, xmit_hash_policy layer2+3 on port 4
      And a bond bond3 with mode 802.3ad on port 5
      And ports 1, 2 and 3 distribute within 20 seconds
      And 4 seconds pass
      And the partner on port 1 falls silent
      And port 1 announces EXPIRED within 125 seconds

    @confirms.D-30
    Scenario: A bond whose LACP rate nobody has set is slow
      The default of the kernel is that of the form.

      Then ip shows bond3 with
        | lacp_rate | slow |
        | miimon    | 100  |

    @contradicts.D-31 @lacp.L-05
    Scenario: SLOW asks a switch for an LACPDU every thirty seconds, not every second
      Whoever counts on a second looks for faults in a healthy group. The NAS itself sends as
      seldom, since neither its partner nor the lack of one asks for more.

      Then the last LACPDU of port 3 announces no TIMEOUT
      And an LACPDU left by port 3 every 30 seconds
      And an LACPDU left by port 5 every 30 seconds

    @contradicts.D-32 @lacp.L-14
    Scenario: With SLOW, a bond gives up a silent switch after ninety seconds
      The article has three. A switch that hangs, or a broken fibre behind a converter, costs
      the flows of that port a minute and a half.

      Then port 1 announced EXPIRED 90 seconds after its partner's last LACPDU

    @confirms.D-41 @confirms.D-43
    Scenario: A bond in load balance has sent nothing by itself in a hundred seconds
      The switch learns nothing of the group, and a wrong cable is not noticed.

      Then nothing leaves by port 4

    @confirms.D-05
    Scenario: A bond with LACP answers all clients by the port whose switch is still there
      The one protocol that notices a dead path behind a live link, in the end.

      When 40 clients of mixed addresses each send 1 echo request on port 2
      Then every client is answered
      And all answers leave by port 2

  @shared-setup
  Rule: FAST
    bond0 loses its partner on one of two ports; the partner of bond1 asks for slow LACPDUs, and
    sends them no faster than that.

    Background:
      Given an LACP partner on ports 1 and 2 that asks for fast LACPDUs
      And another LACP partner on port 3 that only answers
      And a bond bond0 with mode 802.3ad, miimon 100, lacp_rate fast, xmit_hash_policy layer2+3 on ports 1 and 2
      And a bond bond1 with mode 802.3ad, miimon 100, lacp_rate fast on port 3
      And ports 1 and 2 distribute within 20 seconds
      And 2 seconds pass
      And the partner on port 1 falls silent
      And port 1 announces EXPIRED within 10 seconds

    @confirms.D-33b @lacp.L-06
    Scenario: FAST asks a switch for an LACPDU every second, also after synchronization
      What SLOW asks for every thirty seconds. The NAS itself sends as often, since its partner
      asks for it.

      Then the last LACPDU of port 2 announces DISTRIBUTING
      And the last LACPDU of port 2 announces TIMEOUT
      And an LACPDU left by port 2 every second

    @contradicts.D-33 @lacp.L-14
    Scenario: With FAST, a bond gives up a silent switch after three seconds, not after one
      One second is the period, not the timeout. A single LACPDU that is lost costs nothing.

      Then port 1 announced EXPIRED 3 seconds after its partner's last LACPDU

    @defect.X-10 @lacp.L-14
    Scenario: FAST expires a switch that sends every thirty seconds, over and over
      Some switches cannot send fast, or are told not to. Each time the port carries nothing for
      0.3 seconds, and the kernel logs nothing.

      Then ip shows port3 with
        | mii_status | UP |
      But port 3 announced SYNC,EXPIRED at least 2 times

    @confirms.D-34
    Scenario: With FAST, a bond leaves a dead path behind a live link within four seconds
      With SLOW it takes more than ninety.

      When 40 clients of mixed addresses each send 1 echo request on port 2
      Then every client is answered
      And all answers leave by port 2

    @defect.X-12 @lacp.L-27
    Scenario: LACP of a bond keeps the old system identifier when the MAC address changes
      Two NAS that swap hardware can meet under one identifier.

      When the administrator runs "ip link set bond0 address 02:aa:bb:cc:dd:ee"
      And 2 seconds pass
      Then ip shows bond0 with
        | ether | 02:aa:bb:cc:dd:ee |
      But the last LACPDU of port 2 has
        | system | that of port 1 |
