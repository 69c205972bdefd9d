from customresource_bridge.bridge.intake.room import Room


def test_what_is_being_claimed_has_a_place_like_what_is_in_flight() -> None:
    in_flight = [1]
    room = Room(lambda: in_flight[0], places=3)
    assert [room.enter(), room.enter(), room.enter()] == [True, True, False]
    room.leave()  # it claimed nothing
    assert room.enter()
    in_flight[0] = 2
    room.leave()  # it is in flight now
    assert not room.enter()
