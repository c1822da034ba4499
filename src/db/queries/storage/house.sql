SELECT id FROM house
