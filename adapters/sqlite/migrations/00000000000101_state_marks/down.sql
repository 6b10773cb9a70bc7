DROP TABLE state_marks;
